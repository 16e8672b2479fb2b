/**
 * What an editor shows for `import … from "steppps"`: the SDK's own sources, and the decorators with their arguments.
 * The compiler reads the decorators out of the source; `decorators.ts` stands for them there.
 */
export * from "./index";

interface WorkflowOptions {
  /** Three numbers: "1.0.0". A device refuses an older version than it has had. */
  version: string;
  /** a-z, 0-9 and '-'. The class's name, MotionLight as motion-light, where left out. */
  name?: string;
  /** The comment above the class where left out. */
  description?: string;
  /** "memory": state, timers and messages under way are lost with the power; for telemetry worth less than the wear. */
  durability?: "durable" | "memory";
  limits?: {
    /** 64 KiB to 256 MiB; 16 MiB where left out. */
    memoryBytes?: number;
    /** How long one message may take: 1 ms to 60 s; 100 ms where left out. */
    deadlineMs?: number;
    /** How much one batch of messages may publish and store: 1 KiB to 64 MiB; 4 MiB where left out. */
    effectBytes?: number;
  };
}

interface ConfigOptions {
  min?: number;
  max?: number;
  /** The comment above the field where left out. */
  doc?: string;
}

type FieldDecorator = (target: any, field: string) => void;
type MethodDecorator = (target: any, method: string, descriptor: any) => any;

/** Marks the plugin's class. */
export declare function workflow(options: WorkflowOptions): (target: any) => any;
/** Topics that the plugin may publish to beside those that its source shows; '+' and '#' as in a filter, {name} for a setting. */
export declare function publishes(...filters: string[]): (target: any) => any;

/** A setting: `plugins.<name>.config.<field>` in the device's steppps.yaml. A string, bool, i32, i64, f64 or Duration with a default. */
export declare function config(target: any, field: string): void;
export declare function config(doc: string): FieldDecorator;
export declare function config(options: ConfigOptions): FieldDecorator;
/** A field that outlives restarts, crashes and new versions. */
export declare function state(target: any, field: string): void;
/**
 * Runs once, when this version takes over the state of the one before, whose version is the argument: sets fields from
 * `oldState("name")`. Fields that kept name and type hold their value already; what no field holds afterwards is deleted.
 */
export declare function migrate(target: any, method: string, descriptor: any): any;

/** Runs for each message on a topic that matches; {name} stands for the setting of that name. */
export declare function on(filter: string): MethodDecorator;
/** Runs again and again: "500ms", "5s", "2m", "1h", "7d". */
export declare function every(period: string): MethodDecorator;
/** Runs at these times, in the device's time zone: minute hour day month weekday, or second in front of them. */
export declare function cron(expression: string): MethodDecorator;
/** Runs when a timer set with startTimer() comes due; "off/+" takes "off/hall" and "off/kitchen". */
export declare function timer(name: string): MethodDecorator;
/** Runs when the model of that name has answered what infer() asked; the method takes an InferenceResult. */
export declare function inference(model: string): MethodDecorator;
