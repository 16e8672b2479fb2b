import type { Board } from "../../board-support/index.ts";

export interface ReleasedImage {
  readonly board: Board;
  readonly version: string;
  /** Where the compressed image can be downloaded, or its file's name where it lies beside this one. */
  readonly url: string;
  readonly size: number;
  readonly sha256: string;
  readonly compressedSize: number;
  readonly compressedSha256: string;
  /** Seconds since the epoch. */
  readonly time: number;
}

/** What Raspberry Pi Imager takes with --repo, or as a file: the list of one image. Its settings reach the device as cloud-init's. */
export function imagerEntry(image: ReleasedImage): object {
  const { board, version, url, size, sha256, compressedSize, compressedSha256, time } = image;
  return {
    os_list: [
      {
        name: `STEPPPS Edge ${version} (${board.title})`,
        description: "Runs people's automations, each in a sandbox of its own",
        url,
        extract_size: size,
        extract_sha256: sha256,
        image_download_size: compressedSize,
        image_download_sha256: compressedSha256,
        release_date: new Date(time * 1000).toISOString().slice(0, 10),
        devices: board.imagerDevices ?? [],
        init_format: "cloudinit",
      },
    ],
  };
}
