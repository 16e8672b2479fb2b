import type { Page as Tab } from "playwright-core";

export interface PoorContrast {
  readonly text: string;
  readonly ratio: number;
}

/** Texts whose contrast with their ground is below 4.5 [WCAG 2.2, 1.4.3], as the browser has them. */
export function findPoorContrast(tab: Tab): Promise<PoorContrast[]> {
  return tab.evaluate(() => {
    type Rgba = readonly [red: number, green: number, blue: number, alpha: number];
    const { document, getComputedStyle } = globalThis as unknown as BrowserGlobals;
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    /** Any CSS colour, as the browser itself paints it. */
    const rgba = (color: string): Rgba => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data;
      return [red, green, blue, alpha];
    };
    const ground = (element: BrowserElement | null): Rgba => {
      if (!element) return [255, 255, 255, 255];
      const color = rgba(getComputedStyle(element).backgroundColor);
      return color[3] === 255 ? color : ground(element.parentElement);
    };
    // [WCAG 2.2, relative luminance]
    const luminance = (color: Rgba) => {
      const [red = 0, green = 0, blue = 0] = color.map((part) =>
        part / 255 <= 0.04045 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ratio = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const withText = [...document.querySelectorAll("body *")].filter((element) =>
      [...element.childNodes].some(({ nodeType, textContent }) => nodeType === 3 && textContent?.trim()),
    );
    return withText
      .map((element) => ({
        text: element.textContent ?? "",
        ratio: ratio(luminance(rgba(getComputedStyle(element).color)), luminance(ground(element))),
      }))
      .filter((found) => found.ratio < 4.5);
  });
}

// What the function above uses of the browser it runs in; this file itself is checked without the DOM.
interface BrowserElement {
  readonly parentElement: BrowserElement | null;
  readonly textContent: string | null;
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string | null }>;
}
interface BrowserGlobals {
  readonly document: {
    querySelectorAll(selector: string): Iterable<BrowserElement>;
    createElement(name: "canvas"): { getContext(kind: "2d", options: object): BrowserCanvas };
  };
  getComputedStyle(element: BrowserElement): { readonly color: string; readonly backgroundColor: string };
}
interface BrowserCanvas {
  fillStyle: string;
  clearRect(...box: number[]): void;
  fillRect(...box: number[]): void;
  getImageData(...box: number[]): { readonly data: Iterable<number> };
}
