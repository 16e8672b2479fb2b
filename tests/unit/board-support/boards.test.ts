import { expect, test } from "vitest";
import { BOARDS, type Board, boardFaults, imageSize, MEBIBYTE, partitionsOf } from "../../../board-support/index.ts";
import { configTxt } from "../../../board-support/raspberry-pi/config-txt.ts";
import { BoardFacts, parse } from "../../../runtime/contract/index.ts";

const board = BOARDS[0] as Board;

test.each(BOARDS)("$name: nothing in its data contradicts the rest", (each) => {
  expect(boardFaults(each)).toEqual([]);
});

test.each(BOARDS)("$name: a device that has its image knows itself by the same name", ({ name, bootControl, arch }) => {
  const facts = { board: name, bootControl, version: "1.0.0", buildTime: 0, arch };
  expect(parse(BoardFacts, facts)).toEqual(facts);
});

test("no two boards have one name", () => {
  expect(new Set(BOARDS.map(({ name }) => name)).size).toBe(BOARDS.length);
});

test.each(BOARDS)("$name: partitions lie on whole MiB, one behind the other, within the image", (each) => {
  const partitions = partitionsOf(each);
  expect(partitions.map(({ name }) => name)).toEqual(["boot", "root-a", "root-b", "data"]);
  let end = MEBIBYTE;
  for (const { start, size } of partitions) {
    expect(start).toBe(end);
    expect(start % MEBIBYTE).toBe(0);
    end = start + size;
  }
  expect(imageSize(each)).toBe(end + MEBIBYTE);
});

test.each<[string, Partial<Board>]>([
  ["characters", { name: "Pi 4" }],
  ["larger than the smallest medium", { smallestMedium: 1 }],
  ["FAT32 needs", { layout: { ...board.layout, boot: { size: 16, type: "esp" } } }],
  ["no whole number", { layout: { ...board.layout, data: { size: 0.5 } } }],
  ["no console", { commandLine: [] }],
  ["what images add", { commandLine: ["console=tty0", "root=/dev/sda1"] }],
  ["two boot files", { bootFiles: [...board.bootFiles, { path: "CONFIG.TXT", text: "" }] }],
  ["a slot's folder", { bootFiles: [...board.bootFiles, { path: "a/kernel", text: "" }] }],
  ["a slot's folder", { bootFiles: [...board.bootFiles, { path: "../kernel", text: "" }] }],
  ["tryboot needs", { bootControl: "tryboot", bootFiles: [] }],
  ["U-Boot needs", { bootControl: "u-boot", bootFiles: [] }],
])("a board with a fault is found: %s", (fault, change) => {
  expect(boardFaults({ ...board, ...change }).join("; ")).toContain(fault);
});

test("config.txt has its settings in order, and no line that the firmware would cut short", () => {
  expect(configTxt([{ filter: "pi4" }, { set: "arm_64bit", to: 1 }, { word: "initramfs initramfs followkernel" }])).toBe(
    "[pi4]\narm_64bit=1\ninitramfs initramfs followkernel\n",
  );
  expect(() => configTxt([{ set: "kernel", to: "k".repeat(99) }])).toThrow("cut this line short");
});
