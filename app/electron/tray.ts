/** The engine's life without a window: a tray icon that brings the panel back or ends everything. */
import { Menu, nativeImage, Tray } from 'electron';
import type { EngineLoad } from './engine-watch.ts';

export interface TrayActions {
  readonly icon: string;
  readonly openPanel: () => void;
  readonly end: () => void;
}

export interface EngineTray {
  /** Says in the tip how many queues run other than asked. */
  show(load: EngineLoad): void;
  destroy(): void;
}

export function openTray(actions: TrayActions): EngineTray {
  const tray = new Tray(nativeImage.createFromPath(actions.icon));
  tray.setContextMenu(
    Menu.buildFromTemplate([
      { label: 'Open panel', click: actions.openPanel },
      { type: 'separator' },
      { label: 'Withdraw and end', click: actions.end },
    ]),
  );
  tray.on('click', actions.openPanel);
  return {
    show(load) {
      tray.setToolTip(
        `Doorbell · ${load.connected} connected · ${load.accelerated} accelerated · ${load.fellBack} other than asked`,
      );
    },
    destroy: () => tray.destroy(),
  };
}
