/** A view that fails says so in its own place; the others and the engine go on. */
import { Component, type ReactNode } from 'react';
import { Button } from '../../widgets/Button.tsx';
import { failureWords, lineWords } from '../../words/shell.ts';
import classes from './LostNotice.module.css';

interface Props {
  readonly name: string;
  readonly children: ReactNode;
}

export class ErrorBoundary extends Component<Props, { readonly message: string | null }> {
  override state: { readonly message: string | null } = { message: null };

  static getDerivedStateFromError(error: unknown): { readonly message: string } {
    return { message: error instanceof Error ? error.message : 'unknown' };
  }

  override render(): ReactNode {
    if (this.state.message === null) return this.props.children;
    return (
      <section className={classes.lost} role="alert">
        <h2 className={classes.title}>{failureWords.notDrawn(this.props.name)}</h2>
        <dl className={classes.lines}>
          <dt>{lineWords.what}</dt>
          <dd>{this.state.message}</dd>
          <dt>{lineWords.effectNow}</dt>
          <dd>{failureWords.effect}</dd>
          <dt>{lineWords.next}</dt>
          <dd>
            <Button onPress={() => this.setState({ message: null })}>{failureWords.again}</Button>
          </dd>
        </dl>
      </section>
    );
  }
}
