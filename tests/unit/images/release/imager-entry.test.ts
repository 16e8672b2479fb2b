import { expect, test } from "vitest";
import { BOARDS, type Board } from "../../../../board-support/index.ts";
import { imagerEntry } from "../../../../images/release/imager-entry.ts";

test("Imager finds the image, checks it, and offers it for the board that it is for", () => {
  const board = BOARDS.find(({ name }) => name === "raspberry-pi-4") as Board;
  const files = { url: "https://example.org/i.img.xz", size: 2, sha256: "aa", compressedSize: 1, compressedSha256: "bb" };
  expect(imagerEntry({ board, version: "1.2.3", ...files, time: 1_700_000_000 })).toEqual({
    os_list: [
      {
        name: "STEPPPS Edge 1.2.3 (Raspberry Pi 4 B)",
        description: "Runs people's automations, each in a sandbox of its own",
        url: "https://example.org/i.img.xz",
        extract_size: 2,
        extract_sha256: "aa",
        image_download_size: 1,
        image_download_sha256: "bb",
        release_date: "2023-11-14",
        devices: ["pi4-64bit"],
        init_format: "cloudinit",
      },
    ],
  });
});
