import type { ErrorTable } from "./table.ts";

/** The local page and its API. */
export const pixelErrors = {
  E_PAGE_LISTEN: {
    what: "The page cannot listen on its port",
    why: "The operating system refused the address",
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
    fix: "Open the page as http://127.0.0.1 or http://localhost with the port that was shown at the start, or from elsewhere as https:// and the device's name or address",
  },
  E_PAGE_ORIGIN: {
    what: "A request came from another site's page, or does not say that it came from this one",
    why: "Only this page may use its API from a browser; what changes something has to carry the header X-Steppps-Action: 1",
    fix: "Open the page itself, or call the API from a program, with that header where it is a POST",
  },
  E_PAGE_NOT_FOUND: {
    what: "There is nothing at this address",
    why: "The page is at /, its API below /api/, its metrics at /metrics",
    fix: "Correct the address",
  },
  E_PAGE_METHOD: {
    what: "This address is not asked in that way",
    why: "What is only read is asked with GET or HEAD, what changes something with POST",
    fix: "Use the method that the answer's Allow header names",
  },
  E_PAGE_ACTION: {
    what: "What an action should do is not said in full",
    why: "An action is a JSON object with the fields it needs and no others",
    fix: "Load the page again; from a program, correct what the detail names",
  },
  E_PAGE_TOO_LARGE: {
    what: "What was sent is larger than this page takes",
    why: "Requests are read only up to a bound; a signed plugin has at most 8 MiB",
    fix: "Choose the .steppps file that 'npx steppps plugin sign' made",
  },
  E_PAGE_LOGIN: {
    what: "One has to log in first",
    why: "Beyond loopback the page is behind a password, and a session ends after a while and at each start",
    fix: "Open the page and log in; for /metrics send the password as HTTP basic authentication",
  },
  E_PAGE_PASSWORD: {
    what: "The password is not right",
    why: "The page opens with the one that web.password in steppps.yaml says",
    fix: "Try again; to set a new one run 'npx steppps password' and put what it prints into steppps.yaml",
  },
  E_PAGE_WAIT: {
    what: "Too many wrong passwords came from this address",
    why: "After five wrong ones each further one has to wait longer, up to five minutes",
    fix: "Wait as long as the detail says, then try again",
  },
  E_PAGE_OPEN: {
    what: "The page stays on loopback",
    why: "web.listen: all needs web.password: nothing is open to the network without a login",
    fix: "Run 'npx steppps password', put what it prints into steppps.yaml as web.password, and start again",
  },
  E_PAGE_BUSY: {
    what: "As many live views or uploads are under way as there may be",
    why: "Each one costs memory, so their number is bounded",
    fix: "Close a window that shows the page, or wait for the other upload, and try again",
  },
  E_PAGE_STATUS: {
    what: "The device's state could not be read",
    why: "The supervisor failed while it put its state together",
    fix: "Try again; if it stays, look at the supervisor's own output",
  },
} as const satisfies ErrorTable;
