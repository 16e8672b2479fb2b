/** Where a device has its supervisor; runtime/boot/device/places.ts is the other side of it. */
export const SUPERVISOR = {
  folder: "/usr/lib/steppps",
  bundle: "/usr/lib/steppps/supervisor.cjs",
  snapshot: "/usr/lib/steppps/supervisor.blob",
  /** What PID 1 starts, one argument a line; and what it starts instead where the first gave no sign of life. */
  command: "/usr/lib/steppps/command",
  fallback: "/usr/lib/steppps/command.fallback",
  tell: "/usr/lib/steppps/tell",
  stick: "/usr/lib/steppps/stick",
} as const;
