import { useState } from "preact/hooks";
import { act } from "../model/device.ts";
import { useAct } from "../model/use-act.ts";
import { Panel } from "./panel.tsx";
import { Refused } from "./refused.tsx";

/** Beyond loopback: the page's password. `done` is called once one is in. */
export function Login({ done }: { done: () => void }) {
  const [password, type] = useState("");
  const { busy, refusal, run } = useAct();
  const login = async (event: Event) => {
    event.preventDefault();
    if (await run(() => act("login", { password }))) done();
  };
  return (
    <Panel id="login" title="Log in">
      <form onSubmit={login}>
        <label for="password">Password</label>
        <input
          id="password"
          type="password"
          autocomplete="current-password"
          value={password}
          onInput={(event) => type(event.currentTarget.value)}
          maxLength={500}
          required
        />
        <button type="submit" class="primary" aria-disabled={busy}>
          Log in
        </button>
        <Refused refusal={refusal} />
      </form>
    </Panel>
  );
}
