import { expect, test } from "vitest";
import { StepppsError } from "../../../runtime/contract/index.ts";
import { Tally } from "../../../runtime/mqtt/tally.ts";

test("a flood of one kind of error is one report, and others still get through", () => {
  const reports: string[] = [];
  const tally = new Tally((error) => reports.push(error.code));
  for (let i = 0; i < 1000; i++) tally.report(new StepppsError("E_MQTT_REFUSED"));
  tally.report(new StepppsError("E_MQTT_PACKET"));
  expect(reports).toEqual(["E_MQTT_REFUSED", "E_MQTT_PACKET"]);
});

test("counts by reason", () => {
  const tally = new Tally();
  tally.drop("slowClient", 3);
  tally.drop("slowClient");
  expect(tally.dropped).toMatchObject({ slowClient: 4, refused: 0 });
});
