import { startupSnapshot } from "node:v8";
import { runHosted } from "../hosted/run.ts";
import { rehearse } from "./rehearse.ts";
import { runDevice } from "./run.ts";

const start = async () => {
  const ended = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => ended.abort());
  const { env, stdout } = process;
  // What may still be open keeps no device from ending: everything that has to be closed is.
  const around = { env, stdout, signal: ended.signal };
  process.exit(await (env.STEPPPS_DATA === undefined ? runDevice(around) : runHosted(around, env.STEPPPS_DATA)));
};

// Where this is made into a start-up snapshot, everything above is in it, and a device begins here.
if (startupSnapshot.isBuildingSnapshot()) {
  // Node sets these anew at each start. Of all that a snapshot holds they alone would tell where and when it was built.
  for (const own of ["pid", "ppid", "execPath", "argv", "argv0"]) Reflect.deleteProperty(process, own);
  startupSnapshot.setDeserializeMainFunction(() => void start());
  void rehearse();
} else void start();
