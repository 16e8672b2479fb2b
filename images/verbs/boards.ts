import { BOARDS, type Board, KERNELS } from "../../board-support/index.ts";
import { StepppsError } from "../../runtime/contract/index.ts";

/** The board of that name. Throws E_CLI_OPTION. */
export function boardNamed(name: string | undefined): Board {
  const names = BOARDS.map((board) => board.name).join(", ");
  if (name === undefined) throw new StepppsError("E_CLI_OPTION", `--board is missing; there are ${names}`);
  const board = BOARDS.find((each) => each.name === name);
  if (!board) throw new StepppsError("E_CLI_OPTION", `there is no board ${name}; there are ${names}`);
  return board;
}

/** `board` with another kernel than its own, if one is named. Throws E_CLI_OPTION. */
export function withKernel(board: Board, name: string | undefined): Board {
  const kernel = KERNELS.find((each) => each === (name ?? board.kernel));
  if (!kernel) throw new StepppsError("E_CLI_OPTION", `there is no kernel ${name}; there are ${KERNELS.join(", ")}`);
  return { ...board, kernel };
}

/** A table for people: what images there are, and what is known to work. */
export function boardList(): string[] {
  const rows = [
    ["board", "what it is", "starts by", "emulated", "on hardware"],
    ...BOARDS.map(({ name, title, bootControl, tested }) => [name, title, bootControl, tested.emulated, tested.hardware]),
  ];
  const widths = (rows[0] as string[]).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join("  ")
      .trimEnd(),
  );
}
