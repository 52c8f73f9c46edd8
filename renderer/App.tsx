/** Joins the panel with its window. */
import type { Panel } from './store/panel.ts';
import { PanelContext } from './views/panel-context.ts';
import { Shell } from './views/Shell/Shell.tsx';

export function App({ panel }: { panel: Panel }) {
  return (
    <PanelContext value={panel}>
      <Shell />
    </PanelContext>
  );
}
