/** Entry of the panel in both shells. */
import './jitless.ts';
import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { chooseTransport } from './bridge/open.ts';
import { openPanel } from './store/panel.ts';
import { startTheme } from './views/theme.ts';

/** Long enough for two local files; a system font is better than an empty window. */
const FONTS_MS = 1_500;

const panel = openPanel(chooseTransport(window), {
  now: () => Date.now(),
  requestFrame: (run) => void requestAnimationFrame(run),
  later: (run, ms) => void setTimeout(run, ms),
  isHidden: () => document.hidden,
  every(run, ms) {
    const timer = setInterval(run, ms);
    return () => clearInterval(timer);
  },
});

/** For the browser's own performance tools, and for whoever counts commits per frame. */
const COMMIT = 'panel commit';
panel.store.subscribe(() => {
  performance.mark(COMMIT);
  performance.clearMarks(COMMIT);
});

startTheme();

const fonts = Promise.all([
  document.fonts.load('400 13px "Inter Variable"'),
  document.fonts.load('400 12px "JetBrains Mono Variable"'),
]);
const root = document.getElementById('root');
// Text measured in one face and drawn in another would shift: the faces come first.
void Promise.race([fonts, new Promise((resolve) => setTimeout(resolve, FONTS_MS))]).finally(() => {
  if (root !== null) createRoot(root).render(<App panel={panel} />);
});
