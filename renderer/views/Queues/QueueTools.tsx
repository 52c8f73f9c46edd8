/** Columns, export and keys, at the end of the headline. The menu of columns is loaded when first opened. */
import { lazy, Suspense, useRef, useState } from 'react';
import { Button } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Key } from '../../widgets/Key.tsx';
import { queueWords } from '../../words/queues.ts';
import { openKeys } from '../Shell/dialogs.ts';
import classes from './Headline.module.css';

const ToolMenus = lazy(() => import('./ToolMenus.tsx'));

export type ToolMenu = 'columns' | 'export';

export function QueueTools() {
  const columns = useRef<HTMLButtonElement>(null);
  const exports = useRef<HTMLButtonElement>(null);
  const [menu, setMenu] = useState<ToolMenu | null>(null);
  return (
    <span className={classes.tools}>
      <Button
        ref={columns}
        look="quiet"
        label={queueWords.columns}
        expanded={menu === 'columns'}
        onPress={() => setMenu('columns')}
      >
        <Icon name="columns" size={14} /> <span className={classes.toolWord}>{queueWords.columns}</span>
      </Button>
      <Button
        ref={exports}
        look="quiet"
        label={queueWords.export}
        expanded={menu === 'export'}
        onPress={() => setMenu('export')}
      >
        <Icon name="download" size={14} /> <span className={classes.toolWord}>{queueWords.export}</span>
      </Button>
      <Button look="quiet" label={queueWords.keys} onPress={openKeys}>
        <Key>?</Key>
      </Button>
      {menu !== null && (
        <Suspense fallback={null}>
          <ToolMenus
            menu={menu}
            anchor={menu === 'columns' ? columns : exports}
            onClose={() => setMenu(null)}
          />
        </Suspense>
      )}
    </span>
  );
}
