import { type ClassDeclaration, FieldDeclaration, NamedTypeNode, type TypeNode } from "assemblyscript";
import type { RecordType, StateMember, StateType } from "./model.ts";
import type { Problems } from "./problems.ts";

const INTEGERS = ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "Duration"];
/** AssemblyScript reads boolean as bool and number as f64. */
const SCALARS = new Set(["bool", "boolean", ...INTEGERS, "f32", "f64", "number", "string", "Uint8Array"]);
const MAP_KEYS = new Set(["string", ...INTEGERS]);

const CAN_STORE = "State holds bool, integers, f32, f64, string, Uint8Array, arrays, classes of those, and StateMap<key, value>";

/** Reads the types of state fields; collects the classes they are made of. */
export class StateTypes {
  readonly records: RecordType[] = [];
  private readonly classes: ReadonlyMap<string, ClassDeclaration>;
  private readonly problems: Problems;

  constructor(classes: ReadonlyMap<string, ClassDeclaration>, problems: Problems) {
    this.classes = classes;
    this.problems = problems;
  }

  /** The stored type of a field; undefined, and reported, when it has none. */
  ofField(field: FieldDeclaration): StateType | undefined {
    return field.type ? this.of(field.type, true) : undefined;
  }

  private of(node: TypeNode, top: boolean): StateType | undefined {
    const source = node.range.toString();
    if (!(node instanceof NamedTypeNode) || node.isNullable) return this.refuse(node, source);
    // "f64[]" is written for Array<f64>.
    const name = node.name.identifier.text;
    const [first, second] = node.typeArguments ?? [];
    if (SCALARS.has(name)) return { kind: "scalar", source };
    if (name === "Array" && first) return this.array(first, source);
    if (name === "StateMap") return top && first && second ? this.map(first, second, source) : this.refuse(node, source);
    const declaration = this.classes.get(name);
    if (declaration && !node.typeArguments?.length) return this.record(declaration, name);
    return this.refuse(node, source);
  }

  private array(item: TypeNode, source: string): StateType | undefined {
    const of = this.of(item, false);
    return of && { kind: "array", source, of };
  }

  private map(keyNode: TypeNode, valueNode: TypeNode, source: string): StateType | undefined {
    const key = keyNode.range.toString();
    if (!MAP_KEYS.has(key)) {
      this.problems.error(keyNode.range, `a StateMap's key cannot be ${key}`, "use string or an integer type");
      return undefined;
    }
    const of = this.of(valueNode, false);
    return of && { kind: "map", source, key, of };
  }

  private record(declaration: ClassDeclaration, name: string): StateType | undefined {
    if (!this.records.some((record) => record.name === name)) {
      const fields: StateMember[] = [];
      const at = this.records.push({ name, fields }) - 1;
      for (const member of declaration.members) {
        if (!(member instanceof FieldDeclaration)) continue;
        const type = member.type && this.of(member.type, false);
        if (type) fields.push({ name: member.name.text, type });
      }
      this.records[at] = { name, fields: sortedByKey(fields) };
    }
    return { kind: "record", source: name };
  }

  private refuse(node: TypeNode, source: string): undefined {
    const map = /^(Map|Set)\b/.test(source) ? "use StateMap, which stores what changed entry by entry" : CAN_STORE;
    this.problems.error(node.range, `state cannot hold ${source}`, map);
    return undefined;
  }
}

/** In the order of RFC 8949, section 4.2.1: by the bytes of the encoded key, so shorter ones first. */
function sortedByKey(fields: readonly StateMember[]): StateMember[] {
  return fields.toSorted((a, b) => a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
}
