import { hash } from "node:crypto";
import {
  decodeTensors,
  type Effect,
  INFER_SOURCE,
  type Input,
  LOG_LEVELS,
  PUBLISH_QOS_MASK,
  PUBLISH_RETAIN,
} from "../../contract/index.ts";
import { readMeta } from "../workflow/answer.ts";

const SHOWN = 120;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** An effect as people read it: `publish hall/light "ON" qos 1 retained`. */
export function describeEffect({ call, args }: Effect): string {
  switch (call) {
    case "publish": {
      const flags = args[2];
      const qos = flags & PUBLISH_QOS_MASK;
      return `publish ${show(args[0])} ${show(args[1])}${qos > 0 ? ` qos ${qos}` : ""}${flags & PUBLISH_RETAIN ? " retained" : ""}`;
    }
    case "state_set":
      return `state ${show(args[0])} = ${show(args[1])}`;
    case "state_delete":
      return `state ${show(args[0])} deleted`;
    case "timer_set":
      return `timer ${show(args[0])} at ${moment(Number(args[1]))}${args[2].length > 0 ? ` with ${show(args[2])}` : ""}`;
    case "timer_cancel":
      return `timer ${show(args[0])} cancelled`;
    case "log":
      return `log ${LOG_LEVELS[args[0]] ?? args[0]} ${show(args[1])}`;
    case "infer": {
      const what = args[3] === INFER_SOURCE.payload ? "the payload" : showTensors(args[4]);
      return `infer ${show(args[0])} ${what} within ${args[2]} ms${args[1].length > 0 ? `, tag ${show(args[1])}` : ""}`;
    }
  }
}

/** An input as people read it: `#17 2026-11-23T20:00:00.000Z message hall/motion {"occupancy":true}`. */
export function describeInput(number: number, { kind, time, name, payload, meta }: Input): string {
  const parts = [`#${number}`, moment(time), kind];
  if (name !== "") parts.push(show(Buffer.from(name)));
  if (payload.length > 0) parts.push(kind === "inference" ? showTensors(payload) : show(payload));
  if (kind === "inference") parts.push(...showAnswer(meta));
  return parts.join(" ");
}

/** Text where it is text without control characters, hexadecimal otherwise; cut where it is long. */
function show(bytes: Uint8Array): string {
  const cut = bytes.length > SHOWN ? `… (${bytes.length} bytes)` : "";
  const head = bytes.subarray(0, SHOWN);
  try {
    const text = UTF8.decode(bytes.length > SHOWN ? head.subarray(0, SHOWN - 4) : head);
    if (!/\p{Cc}/u.test(text)) return text + cut;
  } catch {
    // Not text, or cut within a character.
  }
  return `0x${Buffer.from(head.subarray(0, 32)).toString("hex")}${head.length > 32 && cut === "" ? `… (${bytes.length} bytes)` : cut}`;
}

/** Type and dims of each, and what tells its values from others'. */
function showTensors(frame: Uint8Array): string {
  try {
    const tensors = decodeTensors(frame).map(
      ({ dtype, dims, bytes }) => `${dtype}[${dims}] ${hash("sha256", bytes).slice(0, 8)}`,
    );
    return tensors.join(", ") || "no tensors";
  } catch {
    return show(frame);
  }
}

function showAnswer(meta: Uint8Array): string[] {
  try {
    const { code, tag } = readMeta(meta);
    return [...(code === undefined ? [] : [code]), ...(tag === "" ? [] : [`tag ${show(Buffer.from(tag))}`])];
  } catch {
    return [show(meta)];
  }
}

function moment(time: number): string {
  return Number.isFinite(time) && Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time);
}
