import {
  type HubConnection,
  HubConnectionBuilder,
  HubConnectionState,
  type ISubscription,
  LogLevel,
} from "@microsoft/signalr";
import { checkIdentity, identityReady } from "../api/http";
import { neverEndingRetry, noticeSignedOut, retryDelay } from "./retryPolicy";

export type LinkState = "connecting" | "connected" | "reconnecting";

export interface StreamHandlers<T> {
  next(item: T): void;
  /** The stream is over: by its own end, or with an error (a lost connection is one). */
  ended(error?: unknown): void;
}

/** What a reader of streams needs of a connection; tests stand in for it. */
export interface StreamSource {
  readonly connected: boolean;
  stream<T>(method: string, args: unknown[], handlers: StreamHandlers<T>): () => void;
  /** Called at once if connected, then after every connect. */
  onConnected(listener: () => void): () => void;
}

/**
 * One hub connection that is always coming back. Streams do not survive a reconnect in SignalR, so those who read one start it
 * again in `onConnected`.
 */
export class HubLink implements StreamSource {
  private readonly connection: HubConnection;
  private readonly stateListeners = new Set<() => void>();
  private readonly connectedListeners = new Set<() => void>();
  private current: LinkState = "connecting";
  private started = false;
  private connecting = false;

  constructor(url: string) {
    this.connection = new HubConnectionBuilder()
      .withUrl(url, { headers: { "X-ChatLoop": "1" } })
      .withAutomaticReconnect(neverEndingRetry)
      .configureLogging(LogLevel.None)
      .build();
    this.connection.onreconnecting(() => {
      this.moveTo("reconnecting");
      // The server ends connections of a session that is over: asking who this is tells that from a lost connection.
      void checkIdentity();
    });
    this.connection.onreconnected(() => this.nowConnected());
    // Reached when the server closes for good, which the reconnect policy is not asked about.
    this.connection.onclose(() => {
      if (!this.started) return;
      this.moveTo("reconnecting");
      void checkIdentity().then(() => this.connect());
    });
  }

  get state(): LinkState {
    return this.current;
  }

  get connected(): boolean {
    return this.connection.state === HubConnectionState.Connected;
  }

  start(): void {
    if (this.started) return;
    this.started = true;
    void this.connect();
  }

  async stop(): Promise<void> {
    this.started = false;
    await this.connection.stop();
  }

  on<T>(method: string, handler: (argument: T) => void): () => void {
    this.connection.on(method, handler);
    return () => this.connection.off(method, handler);
  }

  invoke<T>(method: string, ...args: unknown[]): Promise<T> {
    return this.connection.invoke<T>(method, ...args);
  }

  stream<T>(method: string, args: unknown[], handlers: StreamHandlers<T>): () => void {
    let over = false;
    const end = (error?: unknown) => {
      if (over) return;
      over = true;
      handlers.ended(error);
    };
    let subscription: ISubscription<T> | undefined;
    try {
      subscription = this.connection.stream<T>(method, ...args).subscribe({
        next: (item) => {
          if (!over) handlers.next(item);
        },
        complete: () => end(),
        error: (error) => end(error),
      });
    } catch (error) {
      queueMicrotask(() => end(error));
    }
    return () => {
      over = true;
      subscription?.dispose();
    };
  }

  onConnected(listener: () => void): () => void {
    this.connectedListeners.add(listener);
    if (this.connected) listener();
    return () => this.connectedListeners.delete(listener);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.stateListeners.add(listener);
    return () => this.stateListeners.delete(listener);
  };

  /** The reconnect policy covers lost connections only; a first start that fails is tried again here. */
  private async connect(): Promise<void> {
    if (this.connecting) return;
    this.connecting = true;
    for (let attempt = 0; this.started && !this.connected; attempt++) {
      try {
        await identityReady();
        await this.connection.start();
        this.nowConnected();
      } catch (error) {
        noticeSignedOut(error);
        if (attempt > 0 && this.current === "connecting") this.moveTo("reconnecting");
        await new Promise((resolve) => setTimeout(resolve, retryDelay(attempt)));
      }
    }
    this.connecting = false;
  }

  private nowConnected(): void {
    this.moveTo("connected");
    for (const listener of [...this.connectedListeners]) listener();
  }

  private moveTo(state: LinkState): void {
    this.current = state;
    for (const listener of [...this.stateListeners]) listener();
  }
}
