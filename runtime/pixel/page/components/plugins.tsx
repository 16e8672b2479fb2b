import type { PluginStatus } from "../../../contract/index.ts";
import { byHealth } from "../../figures/health.ts";
import type { Rates } from "../../figures/rate.ts";
import { Deploy } from "./deploy.tsx";
import { Empty, Panel } from "./panel.tsx";
import { COLUMNS } from "./plugin-columns.tsx";

/** All plugins, those in trouble first; where the page may change something, `deployed` is told of each deploy. */
export function Plugins({ plugins, rates, deployed }: { plugins: readonly PluginStatus[]; rates: Rates; deployed?: () => void }) {
  return (
    <Panel id="plugins" title="Plugins">
      {plugins.length === 0 ? (
        <NoPlugins />
      ) : (
        <table>
          <thead>
            <tr>
              {COLUMNS.map(({ title, number }) => (
                <th key={title} scope="col" class={number ? "number" : ""}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {byHealth(plugins).map((plugin) => (
              <PluginRow key={plugin.name} plugin={plugin} rate={rates.handled.get(plugin.name) ?? 0} />
            ))}
          </tbody>
        </table>
      )}
      {deployed && <Deploy done={deployed} />}
    </Panel>
  );
}

function PluginRow({ plugin, rate }: { plugin: PluginStatus; rate: number }) {
  const [name, ...others] = COLUMNS;
  return (
    <tr>
      <th scope="row">{name.show(plugin, rate)}</th>
      {others.map(({ title, number, show }) => {
        const shown = show(plugin, rate);
        return (
          <td key={title} data-title={title} class={number ? `number ${shown === "0" || shown === "–" ? "zero" : ""}` : ""}>
            {shown}
          </td>
        );
      })}
    </tr>
  );
}

function NoPlugins() {
  return (
    <Empty>
      <p>
        <strong>No plugins yet.</strong> Write the first one in TypeScript, and see it run here as you save:
      </p>
      <pre>
        npx steppps plugin new my-rule{"\n"}
        npx steppps plugin dev my-rule
      </pre>
    </Empty>
  );
}
