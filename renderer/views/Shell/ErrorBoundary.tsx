/** A view that fails says so in its own place; the others and the engine go on. */
import { Component, type ReactNode } from 'react';
import { Button } from '../../widgets/Button.tsx';
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
        <h2 className={classes.title}>{this.props.name} could not be drawn</h2>
        <dl className={classes.lines}>
          <dt>What</dt>
          <dd>{this.state.message}</dd>
          <dt>Effect now</dt>
          <dd>Only this view is missing. The engine and every queue go on.</dd>
          <dt>Next</dt>
          <dd>
            <Button onPress={() => this.setState({ message: null })}>Draw it again</Button>
          </dd>
        </dl>
      </section>
    );
  }
}
