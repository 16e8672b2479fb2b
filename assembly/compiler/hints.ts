/** What to write instead, for what AssemblyScript says in its own words. The first row that matches counts. */
const HINTS: readonly { readonly pattern: RegExp; readonly hint: string }[] = [
  { pattern: /^Type expected/, hint: "say what it holds: count: i32 = 0" },
  {
    pattern: /Closures/i,
    hint: "AssemblyScript has no closures: an inner function sees no outer variables. Use a for loop, or make the variable a field",
  },
  { pattern: /Exceptions|throw/i, hint: 'reject("why") for a message that cannot be handled' },
  { pattern: /Regular expression/i, hint: "use indexOf(), startsWith(), split() and substring()" },
  { pattern: /Iterators/i, hint: "count: for (let i = 0; i < list.length; i++)" },
  {
    pattern: /Type 'f64' is not assignable to type '[iu]\d+'|Conversion from type '(?:f64|f32)' to '[iu]\d+'/,
    hint: "cut it yourself: <i32>x, or <i64>Math.round(x)",
  },
  { pattern: /Conversion from type '[iu]64' to '[iu]32' requires an explicit cast/, hint: "write <i32>x when it surely fits" },
  { pattern: /Conversion from type .* requires an explicit cast/, hint: "say so: <f64>x, <i32>x" },
  { pattern: /Object is possibly null|Object might be null/, hint: "check first: const x = …; if (x !== null) { … }" },
  { pattern: /Cannot find name '(number|boolean|any|object)'/, hint: "use f64 or i32, bool, string, or a class" },
  { pattern: /Cannot find name '(\w+)'/, hint: 'import it from "steppps", or declare it; inside a method, fields are this.name' },
  {
    pattern: /Type argument expected|Expected 1 type arguments/,
    hint: "one of the values here has no type: see that each name is declared and spelled right, or give the type: new StateMap<string, f64>()",
  },
  { pattern: /Module '.*' has no exported member/, hint: 'see the list of what "steppps" offers in docs/writing-plugins.md' },
  { pattern: /File '.*' not found/, hint: 'import { … } from "steppps", or from a file beside this one: "./name"' },
  { pattern: /Expected \d+ arguments|Expected at least/, hint: "compare with the declaration" },
];

export function hintFor(message: string): string | undefined {
  return HINTS.find((row) => row.pattern.test(message))?.hint;
}
