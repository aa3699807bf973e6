import { Component, type ReactNode } from 'react';
import { Act } from '../parts/Act.tsx';
import { MessagePage } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';

interface State {
  hasFailed: boolean;
}

/** The last net: a screen that throws becomes a page with a way on, never an empty window. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { hasFailed: false };

  static getDerivedStateFromError(): State {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    return this.state.hasFailed ? <Crash /> : this.props.children;
  }
}

function Crash() {
  const { crash, common } = useStrings();
  return (
    <main>
      <MessagePage title={crash.title} body={crash.body}>
        <Act tone="main" large onClick={() => location.reload()}>
          {common.reload}
        </Act>
      </MessagePage>
    </main>
  );
}
