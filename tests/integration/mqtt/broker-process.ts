import { writeSync } from "node:fs";
import { openEmbeddedBus } from "../../../runtime/mqtt/index.ts";
import { openJournal } from "../../../runtime/store/index.ts";

// A broker to be killed: `broker-process.ts <journal> <port>`. Says "took <topic> <payload>" for each message it has committed.
const [file, port] = process.argv.slice(2) as [string, string];
const journal = await openJournal({ file });
const say = (line: string) => writeSync(1, `${line}\n`);
const bus = await openEmbeddedBus({
  port: Number(port),
  journal,
  onMessage(message, done) {
    const line = `took ${message.topic} ${Buffer.from(message.payload)}`;
    journal.commit([...message.ops, ["event.add", Date.now(), "plugin.log", "info", null, null, line, null]]).then(() => {
      say(line);
      if (message.topic === "in/die") process.kill(process.pid, "SIGKILL");
      done();
    }, done);
  },
});
await bus.subscribe("in/#");
await bus.subscribe("will/#");
await bus.start();
say(`ready ${bus.url}`);
