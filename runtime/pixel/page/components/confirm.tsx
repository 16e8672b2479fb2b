import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useAct } from "../model/use-act.ts";
import { Refused } from "./refused.tsx";

export interface ConfirmProps {
  readonly title: string;
  /** What the button says that does it. */
  readonly verb: string;
  readonly danger?: boolean;
  readonly children: ComponentChildren;
  /** Rejects with why it was refused; the dialog stays then and says so. */
  run(): Promise<unknown>;
  close(): void;
}

/** Asks before something is done that cannot be taken back. A browser's own dialog: Escape leaves it, Tab stays in it. */
export function Confirm({ title, verb, danger = false, children, run, close }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { busy, refusal, run: doing } = useAct();
  useEffect(() => dialog.current?.showModal(), []);
  const confirm = async () => {
    if (await doing(run)) close();
  };
  // Escape takes effect here at once: the browser's own closing is told of later, when the next question may be open already.
  const cancel = (event: Event) => {
    event.preventDefault();
    close();
  };
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title" onCancel={cancel} onClose={close}>
      <h2 id="confirm-title">{title}</h2>
      {children}
      <Refused refusal={refusal} />
      <div class="buttons">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button type="button" class={danger ? "danger" : "primary"} aria-disabled={busy} onClick={confirm}>
          {verb}
        </button>
      </div>
    </dialog>
  );
}
