import type { Static } from "typebox";
import { ModelName } from "./manifest.ts";
import { Type } from "./type.ts";

/** A message goes through a model to another topic, with no plugin. */
export const InferenceStep = Type.Object(
  {
    from: Type.String({ minLength: 1, maxLength: 1024, description: "Topic or filter whose messages go through the model" }),
    model: ModelName,
    to: Type.String({
      pattern: "^[^+#\\0]{1,1024}$",
      description: "Topic of the answer; {1} is the second level of the message's topic",
    }),
    fields: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
        minItems: 1,
        maxItems: 1024,
        description:
          "Names in the JSON message, in the order of the model's input; absent: it is a number or an array of numbers",
      }),
    ),
    window: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 4096, description: "So many messages of a topic together, the newest last" }),
    ),
    withinMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 60_000, description: "1000 where absent" })),
  },
  { additionalProperties: false },
);
export type InferenceStep = Static<typeof InferenceStep>;
