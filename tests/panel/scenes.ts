/** Every state of the panel as a whole, and where in it there is something to look at. */
import type { EngineSnapshot } from '../../app/contract/snapshot.ts';
import { acceleratorRecord } from '../../renderer/store/testing/records.ts';
import { TABS } from '../../renderer/views/route.ts';
import { demo, empty, everyState, fleet } from './fake/fleet.ts';
import { everyLane, manyLanes } from './fake/map-pictures.ts';
import { switchOf, type OpenOptions, type OpenPanel } from './open-panel.ts';

/** Something to look at: an address, and what has to be done or seen there before it is looked at. */
export interface View {
  readonly at: string;
  /** What is new here, where the rest has been looked at before; otherwise the whole page. */
  readonly part?: string;
  readonly reach?: (panel: OpenPanel) => Promise<unknown>;
}

/** A state of the panel as a whole, and where it is looked at. */
export interface Scene {
  readonly name: string;
  readonly picture: () => EngineSnapshot;
  readonly options?: OpenOptions;
  /** Brings the panel into its state, once. */
  readonly reach?: (panel: OpenPanel) => Promise<unknown>;
  readonly views: readonly View[];
}

const SCREENS: readonly View[] = [
  { at: '#/queues' },
  { at: '#/map/web-01/5' },
  { at: '#/trace/web-01/5' },
  { at: '#/devices' },
];
const DRAWER_OVER_EACH: readonly View[] = [
  { at: '#/queues/web-01/5' },
  { at: '#/map/web-01/5?tab=overview', part: 'aside' },
  { at: '#/trace/web-01/5?tab=overview', part: 'aside' },
  { at: '#/devices/web-01/5', part: 'aside' },
];
const TABS_OF_ONE: readonly View[] = TABS.map((tab) => ({
  at: `#/queues/web-01/0?tab=${tab}`,
  part: 'aside',
}));

const isLive = ({ page }: OpenPanel) => page.locator('[data-link=live]').waitFor();
const press = async ({ page }: OpenPanel, ...keys: readonly string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
};
const dialog = ({ page }: OpenPanel) => page.getByRole('dialog').waitFor();

/** Two accelerators, so that the switch has its menu; the second cannot be used and says why. */
const twoAccelerators = (): EngineSnapshot => {
  const picture = demo();
  const problem = { message: 'The group is not viable.', remedy: 'Bind 0000:3b:00.1 to vfio-pci too.' };
  const second = { ...acceleratorRecord('vfio0'), usable: false, simulated: false, group: null, problem };
  return { ...picture, accelerators: [...picture.accelerators, acceleratorRecord('emu1'), second] };
};

export const SCENES: readonly Scene[] = [
  {
    name: 'live, in every state of a queue',
    picture: everyState,
    reach: isLive,
    views: [...SCREENS, ...DRAWER_OVER_EACH],
  },
  {
    name: 'every lane of the map',
    picture: everyLane,
    reach: isLive,
    views: [
      ...[0, 1, 4, 6, 7].map((index) => ({ at: `#/map/web-01/${index}` })),
      { at: '#/map/lab/0' },
      {
        at: '#/map/web-01/5',
        reach: ({ page }) => page.getByRole('button', { name: 'Same data as a table' }).click(),
      },
    ],
  },
  {
    name: 'every part of the details',
    picture: everyState,
    reach: isLive,
    views: [
      ...TABS_OF_ONE,
      {
        at: '#/queues/web-01/0',
        part: 'aside',
        reach: async ({ page }) => {
          await page.locator('.recharts-surface').waitFor();
          await page.getByRole('button', { name: 'as table' }).click();
        },
      },
    ],
  },
  {
    name: '512 queues, the preview of a change of all, and what became of it',
    picture: fleet,
    options: {
      prepare: ({ behaviour }) => {
        behaviour.stepMs = 5;
        behaviour.refusesRequest.add('mail-03/3');
        behaviour.refusesPage.add('mail-03/9');
      },
    },
    reach: isLive,
    views: [
      { at: '#/queues', reach: ({ page }) => switchOf(page, 'web-01/5').waitFor() },
      {
        at: '#/queues',
        part: '[role=dialog]',
        reach: async (panel) => {
          await panel.page.getByRole('searchbox').fill('mail-03');
          await switchOf(panel.page, 'web-01/5').waitFor({ state: 'detached' });
          await panel.page.getByRole('checkbox', { name: 'select every queue that is shown' }).check();
          await press(panel, 'Control+Enter');
          await dialog(panel);
        },
      },
      {
        at: '#/queues',
        part: '[role=dialog]',
        reach: async ({ page }) => {
          await page.getByRole('button', { name: /^Change \d+ queues/ }).click();
          await page.getByRole('heading', { name: /as desired · 1 runs otherwise · 1 not done$/ }).waitFor();
        },
      },
      {
        at: '#/queues',
        reach: async (panel) => {
          await press(panel, 'Escape');
          await panel.page.getByRole('dialog').waitFor({ state: 'detached' });
        },
      },
    ],
  },
  {
    name: '512 lanes',
    picture: manyLanes,
    reach: isLive,
    views: [{ at: '#/map/web-01/0' }, { at: '#/map/web-01/511' }],
  },
  {
    name: 'menus, keys, palette and events',
    picture: twoAccelerators,
    reach: ({ page }) => switchOf(page, 'lab/0').waitFor(),
    views: [
      { at: '#/devices' },
      {
        at: '#/queues',
        reach: async (panel) => {
          await press(panel, 'ArrowDown', 'x', 'ArrowDown', 'x');
          await panel.page.getByText('2 queues selected').waitFor();
        },
      },
      {
        at: '#/queues',
        part: '[role=menu]',
        reach: async ({ page }) => {
          await page.getByRole('button', { name: 'Columns' }).click();
          await page.getByRole('menuitemcheckbox', { name: 'Group' }).waitFor();
        },
      },
      {
        at: '#/queues',
        part: '[role=menu]',
        reach: async (panel) => {
          await press(panel, 'Escape');
          await panel.page.getByRole('button', { name: 'Export' }).click();
          await panel.page.getByRole('menuitem', { name: 'Queues as JSON Lines' }).waitFor();
        },
      },
      {
        at: '#/queues',
        part: '[role=menu]',
        reach: async (panel) => {
          await press(panel, 'Escape');
          await panel.page.getByRole('button', { name: 'accelerator of lab q1 tx' }).click();
          await panel.page.getByRole('menuitem', { name: /accelerated by emu1/ }).waitFor();
        },
      },
      {
        at: '#/queues',
        part: '[role=dialog]',
        reach: async (panel) => {
          await press(panel, 'Escape', '?');
          await dialog(panel);
        },
      },
      {
        at: '#/queues',
        part: '[role=dialog]',
        reach: async (panel) => {
          await press(panel, 'Escape', 'Control+k');
          await panel.page.getByRole('combobox').fill('lab');
          await panel.page.getByRole('option').first().waitFor();
        },
      },
      {
        at: '#/queues',
        part: 'main',
        reach: async (panel) => {
          await press(panel, 'Escape');
          await panel.page.getByRole('button', { name: /^Events/ }).click();
        },
      },
      {
        at: '#/queues',
        part: 'main',
        reach: async ({ page }) => {
          await page.getByRole('searchbox').fill('nowhere');
          await page.getByText('No queue matches').waitFor();
        },
      },
    ],
  },
  {
    name: 'a phone’s width',
    picture: everyState,
    options: { width: 320, height: 640 },
    reach: isLive,
    views: SCREENS,
  },
  { name: 'no endpoint', picture: empty, reach: isLive, views: SCREENS },
  {
    name: 'an endpoint that waits',
    picture: everyState,
    reach: isLive,
    views: [
      { at: '#/map/uml-test/0' },
      { at: '#/queues/uml-test/0', part: 'aside' },
      { at: '#/trace/uml-test/0' },
    ],
  },
  {
    name: 'loading',
    picture: demo,
    options: { prepare: (service) => void (service.behaviour.silent = true) },
    reach: ({ page }) => page.getByRole('status', { name: /first picture/ }).waitFor(),
    views: SCREENS,
  },
  {
    name: 'never reached',
    picture: demo,
    options: { withoutToken: true },
    reach: ({ page }) => page.getByText('The engine was not reached').waitFor(),
    views: SCREENS,
  },
  {
    name: 'disconnected',
    picture: everyLane,
    reach: async (panel) => {
      await panel.page.getByText('moving').first().waitFor();
      panel.server.cut();
      await panel.page.getByText('Not live.').waitFor();
    },
    views: [...SCREENS, { at: '#/queues/web-01/5', part: 'aside' }],
  },
  {
    name: 'silent',
    picture: everyLane,
    reach: async ({ page, service }) => {
      await page.getByText('moving').first().waitFor();
      service.behaviour.silent = true;
      await page.getByText('The engine is silent.').waitFor({ timeout: 15_000 });
    },
    views: [...SCREENS, { at: '#/queues/web-01/5', part: 'aside' }],
  },
  {
    name: 'back, with what changed while away',
    picture: everyLane,
    reach: async ({ page, server }) => {
      await page.getByText('moving').first().waitFor();
      server.cut();
      await page.getByText('Not live.').waitFor();
      server.open();
      await page.getByText('Live again').waitFor({ timeout: 15_000 });
    },
    views: SCREENS,
  },
  {
    name: 'read-only',
    picture: everyLane,
    reach: async ({ page }) => {
      await page.getByRole('switch', { name: 'Read-only' }).click();
      await page.locator('tr [role=switch][aria-disabled=true]').first().waitFor();
    },
    views: [...SCREENS, { at: '#/queues/web-01/5', part: 'aside' }],
  },
];

/** At the view's address, with its screen loaded and its details open where it has some. */
export async function goTo(panel: OpenPanel, { at, part = 'html', reach }: View): Promise<void> {
  const { page } = panel;
  const [, screen = ''] = /^#\/([a-z]+)/.exec(at) ?? [];
  await page.evaluate((hash) => void (window.location.hash = hash), at);
  await page.locator(`main[data-screen=${screen}] h1`).waitFor();
  await reach?.(panel);
  await page.locator(part).first().waitFor();
}
