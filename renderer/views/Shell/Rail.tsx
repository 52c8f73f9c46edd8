/** Screens, and the switches that hold for the whole window. */
import { useMemo } from 'react';
import { isException } from '../../store/selectors.ts';
import { Glyph } from '../../widgets/Glyph.tsx';
import { Icon, type IconName } from '../../widgets/Icon.tsx';
import { Switch } from '../../widgets/Switch.tsx';
import { screenWords, shellWords } from '../../words/shell.ts';
import { turnNotifications, useNotificationChoice } from '../notifications.ts';
import { usePanel, usePanelState } from '../panel-context.ts';
import { formatRoute, useRoute, type Screen } from '../route.ts';
import { useTheme } from '../theme.ts';
import { useLiveness } from '../use-blocked.ts';
import classes from './Rail.module.css';

interface Item {
  readonly screen: Screen;
  readonly icon: IconName;
}

const ITEMS: readonly Item[] = [
  { screen: 'queues', icon: 'queues' },
  { screen: 'map', icon: 'map' },
  { screen: 'trace', icon: 'trace' },
  { screen: 'devices', icon: 'devices' },
];

export function Rail() {
  const panel = usePanel();
  const route = useRoute();
  const readOnly = usePanelState((state) => state.readOnly);
  const liveness = useLiveness();
  const notifications = useNotificationChoice();
  const [theme, turnTheme] = useTheme();
  return (
    <nav className={classes.rail} aria-label={shellWords.screens}>
      <div className={classes.brand}>
        <Icon name="doorbell" size={18} />
        {shellWords.product}
      </div>
      <ul className={classes.items}>
        {ITEMS.map((item) => (
          <li key={item.screen}>
            <a
              className={classes.item}
              href={formatRoute({ screen: item.screen, queue: null, tab: null })}
              aria-current={route.screen === item.screen ? 'page' : undefined}
              title={screenWords[item.screen]}
            >
              <Icon name={item.icon} />
              {screenWords[item.screen]}
              {item.screen === 'queues' && <ExceptionCount />}
            </a>
          </li>
        ))}
      </ul>
      <div className={classes.foot}>
        <button
          type="button"
          className={classes.item}
          onClick={turnNotifications}
          title={shellWords.notificationsWhy[notifications]}
          aria-description={shellWords.notificationsWhy[notifications]}
        >
          <Icon name="bell" />
          {shellWords.notifications[notifications]}
        </button>
        <button type="button" className={classes.item} onClick={turnTheme}>
          <Icon name="theme" />
          {shellWords.theme(theme)}
        </button>
        <div className={`${classes.item ?? ''} ${classes.readOnly ?? ''}`}>
          <Icon name="lock" />
          <span aria-hidden="true">{shellWords.readOnly}</span>
          <span className={classes.end}>
            <Switch
              checked={readOnly}
              label={shellWords.readOnly}
              blocked={liveness === 'live' ? null : shellWords.cannotAsk}
              onToggle={() => panel.setReadOnly(!readOnly)}
            />
          </span>
        </div>
      </div>
    </nav>
  );
}

function ExceptionCount() {
  const queues = usePanelState((state) => state.queues);
  const exceptions = useMemo(() => [...queues.values()].filter(isException).length, [queues]);
  if (exceptions === 0) return null;
  return (
    <span className={classes.exceptions}>
      <Glyph shape="triangle" tone="warn" size={10} />
      {exceptions}
      <span className={classes.hidden}> {shellWords.exceptions}</span>
    </span>
  );
}
