import { Cbor } from "./cbor/reader";
import { input } from "./input";
import { Json } from "./json/reader";
import { JsonWriter } from "./json/writer";

/** Times below this many seconds are relative to now (RFC 8428, section 4.5.3). */
const RELATIVE: f64 = 268_435_456;

/**
 * Walks over the records of a SenML pack (RFC 8428), JSON or CBOR, with the base values worked in.
 *
 *   const pack = message.senml();
 *   while (pack.next()) this.last.set(pack.name, pack.value);
 */
@final
export class SenML {
  private json: Json;
  private cbor: Cbor;
  private started: bool = false;
  private baseName: string = "";
  private baseUnit: string = "";
  private baseTime: f64 = 0;
  private baseValue: f64 = 0;

  constructor(from: usize, end: usize) {
    const json = Json.of(from, end);
    this.json = json;
    // A CBOR array begins with a byte that JSON never does.
    this.cbor = new Cbor(json.isArray ? 0 : from, end);
  }

  /** Goes to the next record; false when there is none. */
  next(): bool {
    this.json = this.started ? this.json.next() : this.json.isArray ? this.json.first() : Json.of(0, 0);
    this.cbor = this.started ? this.cbor.next() : this.cbor.first();
    this.started = true;
    if (!this.json.exists && !this.cbor.exists) return false;
    this.baseName = this.textOf("bn", -2, this.baseName);
    this.baseUnit = this.textOf("bu", -4, this.baseUnit);
    this.baseTime = this.numberOf("bt", -3, this.baseTime);
    this.baseValue = this.numberOf("bv", -5, this.baseValue);
    return true;
  }

  get name(): string {
    return this.baseName + this.textOf("n", 0, "");
  }
  get unit(): string {
    return this.textOf("u", 1, this.baseUnit);
  }
  /** ms since the epoch. */
  get time(): i64 {
    const seconds = this.baseTime + this.numberOf("t", 6, 0);
    const ms = <i64>Math.round(seconds * 1000);
    return seconds < RELATIVE ? input.time + ms : ms;
  }
  /** The number; NaN when the value is none. */
  get value(): f64 {
    const value = this.numberOf("v", 2, NaN);
    return this.baseValue == 0 ? value : this.baseValue + value;
  }
  /** The integral over time; NaN when there is none. */
  get sum(): f64 {
    return this.numberOf("s", 5, NaN);
  }
  get text(): string {
    return this.textOf("vs", 3, "");
  }
  get flag(): bool {
    return this.json.exists ? this.json.bool("vb") : this.cbor.number(4).asBool();
  }
  get isNumber(): bool {
    return !isNaN(this.value);
  }
  get isText(): bool {
    return this.json.exists ? this.json.get("vs").isString : this.cbor.number(3).isText;
  }
  get isFlag(): bool {
    return this.json.exists ? this.json.get("vb").isBool : this.cbor.number(4).isBool;
  }

  private numberOf(key: string, label: i64, fallback: f64): f64 {
    return this.json.exists ? this.json.f64(key, fallback) : this.cbor.number(label).asF64(fallback);
  }
  private textOf(key: string, label: i64, fallback: string): string {
    return this.json.exists ? this.json.string(key, fallback) : this.cbor.number(label).asString(fallback);
  }
}

/** Builds a SenML pack in JSON: `publish("out", new SenMLWriter("urn:dev:mac:0024befffe804ff1:").number("t", 21.5, "Cel"))`. */
@final
export class SenMLWriter {
  readonly json: JsonWriter = new JsonWriter(true);
  private base: string;
  private based: bool = false;

  /** `base` goes before the name of every record; the records' time is now. */
  constructor(base: string = "") {
    this.base = base;
  }
  private record(name: string): JsonWriter {
    const json = this.json.object();
    if (!this.based) {
      if (this.base != "") json.set("bn", this.base);
      json.set("bt", <f64>input.time / 1000);
      this.based = true;
    }
    return json.set("n", name);
  }
  number(name: string, value: f64, unit: string = ""): this {
    const json = this.record(name);
    if (unit != "") json.set("u", unit);
    json.set("v", value).end();
    return this;
  }
  text(name: string, value: string): this {
    this.record(name).set("vs", value).end();
    return this;
  }
  flag(name: string, value: bool): this {
    this.record(name).set("vb", value).end();
    return this;
  }
}
