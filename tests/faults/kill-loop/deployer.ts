import { connectAsync } from "mqtt";
import { controlTopic, type DeployReport } from "../../../runtime/contract/index.ts";

const DEVICE = "edge";

/** Sends an envelope as an owner does. Resolves with the device's report, or undefined when it is away before it answered. */
export async function deploy(port: number, envelope: Uint8Array): Promise<DeployReport | undefined> {
  const client = await connectAsync({ host: "127.0.0.1", port, reconnectPeriod: 0, connectTimeout: 2_000 }).catch(
    () => undefined,
  );
  if (!client) return undefined;
  try {
    return await new Promise<DeployReport | undefined>((resolve) => {
      client.on("error", () => resolve(undefined));
      client.once("close", () => resolve(undefined));
      client.on("message", (_, payload) => resolve(JSON.parse(payload.toString())));
      client.subscribe(controlTopic.deployed(DEVICE), { qos: 1 }, () => {
        client.publish(controlTopic.deploy(DEVICE), Buffer.from(envelope), { qos: 1 });
      });
    });
  } finally {
    client.end(true);
  }
}
