/** Holds the change that is proposed and not made yet, and shows it. */
import { lazy, Suspense, useCallback, useMemo, useState, type ReactNode } from 'react';
import { needsConsent, previewOf, type Wish } from '../../store/consequences.ts';
import { usePanel } from '../panel-context.ts';
import { ProposalContext, type Proposals } from './propose.ts';

const ChangeDialog = lazy(() => import('./ChangeDialog.tsx'));

type Shown = { readonly kind: 'preview'; readonly wish: Wish } | { readonly kind: 'results' } | null;

export function ProposalProvider({ children }: { children: ReactNode }) {
  const panel = usePanel();
  const [shown, setShown] = useState<Shown>(null);

  const send = useCallback(
    ({ desired, accelerator }: Wish, keys: Wish['keys'], stopAtFailure: boolean): void => {
      const [only] = keys;
      if (keys.length === 1 && only !== undefined) panel.setDesired(only, desired, accelerator);
      else panel.change(new Map(keys.map((key) => [key, desired])), { accelerator, stopAtFailure });
    },
    [panel],
  );

  const proposals = useMemo<Proposals>(
    () => ({
      propose(wish) {
        const preview = previewOf(panel.store.getState(), wish);
        if (needsConsent(preview)) setShown({ kind: 'preview', wish });
        // One queue is always asked for: the engine's answer says why not.
        else send(wish, wish.keys.length === 1 ? wish.keys : preview.change, false);
      },
      preview: (wish) => setShown({ kind: 'preview', wish }),
      results: () => setShown({ kind: 'results' }),
    }),
    [panel, send],
  );

  return (
    <ProposalContext value={proposals}>
      {children}
      {shown !== null && (
        <Suspense fallback={null}>
          <ChangeDialog
            wish={shown.kind === 'preview' ? shown.wish : null}
            onConfirm={(wish, keys, stopAtFailure) => {
              send(wish, keys, stopAtFailure);
              setShown(keys.length > 1 ? { kind: 'results' } : null);
            }}
            onClose={() => setShown(null)}
          />
        </Suspense>
      )}
    </ProposalContext>
  );
}
