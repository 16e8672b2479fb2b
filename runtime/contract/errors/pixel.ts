import type { ErrorTable } from "./table.ts";

/** The local page and its API. */
export const pixelErrors = {
  E_PAGE_LISTEN: {
    what: "The page cannot listen on its port",
    why: "The operating system refused the address on 127.0.0.1",
    fix: "Choose a port above 1023 that is free, with web.port in steppps.yaml",
  },
  E_PAGE_ASSETS: {
    what: "The page's files are not there",
    why: "They are bundled from their sources in a checkout, and come ready-made with an image; neither worked",
    fix: "In a checkout run 'npm start' again, which installs the bundler; on a device install the image again",
  },
  E_PAGE_REQUEST: {
    what: "A request is not valid HTTP, or is larger than this page takes",
    why: "Requests are read only up to a bound, and within a time",
    fix: "Use a browser or an HTTP client with few, short headers",
  },
  E_PAGE_HOST: {
    what: "A request came under a name that is not this machine's own",
    why: "Any site could point its name at 127.0.0.1 and read the page through your browser (DNS rebinding)",
    fix: "Open the page as http://127.0.0.1 or http://localhost, with the port that was shown at the start",
  },
  E_PAGE_ORIGIN: {
    what: "A request came from another site's page",
    why: "Only this page may use its API from a browser",
    fix: "Open the page itself, or call the API from a program instead of a browser",
  },
  E_PAGE_NOT_FOUND: {
    what: "There is nothing at this address",
    why: "The page is at /, its API at /api/status, /api/events and /api/live",
    fix: "Correct the address",
  },
  E_PAGE_METHOD: {
    what: "This address can only be read",
    why: "The page shows the device and changes nothing on it",
    fix: "Use GET or HEAD; to change something use the command line, 'npx steppps --help'",
  },
  E_PAGE_BUSY: {
    what: "As many live views are open as there may be",
    why: "Each one costs memory, so their number is bounded",
    fix: "Close a window that shows the page; it is tried again by itself",
  },
  E_PAGE_STATUS: {
    what: "The device's state could not be read",
    why: "The supervisor failed while it put its state together",
    fix: "Try again; if it stays, look at the supervisor's own output",
  },
} as const satisfies ErrorTable;
