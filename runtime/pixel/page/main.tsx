import { render } from "preact";
import { App } from "./components/app.tsx";

const place = document.getElementById("page");
if (place) render(<App />, place);
