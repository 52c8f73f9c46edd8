/** The menu of columns and that of exports. */
import { Menu } from '@base-ui/react/menu';
import type { RefObject } from 'react';
import { eventLines, fileName, queueLines } from '../../store/export.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { queueWords } from '../../words/queues.ts';
import { download } from '../download.ts';
import { usePanel } from '../panel-context.ts';
import { COLUMNS, isOptional } from './columns.ts';
import classes from './Menu.module.css';
import type { ToolMenu } from './QueueTools.tsx';
import { resetColumns, turnColumn, useChosenColumns } from './use-columns.ts';

interface ToolMenusProps {
  readonly menu: ToolMenu;
  readonly anchor: RefObject<HTMLElement | null>;
  readonly onClose: () => void;
}

export default function ToolMenus({ menu, anchor, onClose }: ToolMenusProps) {
  return (
    <Menu.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Menu.Portal>
        <Menu.Positioner anchor={anchor} align="end" sideOffset={4} className={classes.positioner}>
          <Menu.Popup className={classes.popup} finalFocus={anchor}>
            {menu === 'columns' ? <ColumnItems /> : <ExportItems />}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function ColumnItems() {
  const chosen = useChosenColumns();
  return (
    <>
      {COLUMNS.filter(({ id }) => isOptional(id)).map(({ id, head }) => (
        <Menu.CheckboxItem
          key={id}
          className={classes.item}
          checked={chosen.has(id)}
          onCheckedChange={() => turnColumn(id)}
          closeOnClick={false}
        >
          <span className={`${classes.mark ?? ''} ${classes.box ?? ''}`}>
            {chosen.has(id) && <Icon name="check" size={12} />}
          </span>
          {head === '' ? 'selected' : head}
        </Menu.CheckboxItem>
      ))}
      <Menu.Separator className={classes.separator} />
      <Menu.Item className={classes.item} onClick={resetColumns}>
        <span className={classes.mark} />
        {queueWords.columnsReset}
      </Menu.Item>
    </>
  );
}

function ExportItems() {
  const panel = usePanel();
  return (
    <>
      <Menu.Item
        className={classes.item}
        onClick={() => download(fileName('queues', Date.now()), queueLines(panel.store.getState()))}
      >
        {queueWords.exportQueues}
      </Menu.Item>
      <Menu.Item
        className={classes.item}
        onClick={() => download(fileName('events', Date.now()), eventLines(panel.store.getState()))}
      >
        {queueWords.exportEvents}
      </Menu.Item>
    </>
  );
}
