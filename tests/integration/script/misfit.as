import { Message, on, state, workflow } from "steppps";

/** Its `count` is a text: it can't take the puppet's state. */
@workflow({ version: "2.0.0" })
class Misfit {
  @state count: string = "";

  @on("do/add")
  add(message: Message): void {
    this.count += message.text();
  }
}
