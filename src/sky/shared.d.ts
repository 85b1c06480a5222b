/** Shared with the sky view of the kernel, whose modules have no types. */
declare module '*/skypace.mjs' {
  export class SkyPace {
    constructor(aladin: import('./aladin').IAladin, element: HTMLElement);
    /** Draw now, and for a while: something changes. */
    wake(): void;
    stop(): void;
  }
}

declare module '*/skyaladin.mjs' {
  /** What keeps the sky from being drawn. */
  export class SkyProblem extends Error {
    readonly reason: 'no-webgl' | 'no-file';
  }
  /** Load Aladin Lite from our own server; rejects with a `SkyProblem`. */
  export function loadAladin(): Promise<import('./aladin').IAladinModule>;
  /** Stop Aladin Lite and give its WebGL context back. */
  export function stopAladin(aladin: import('./aladin').IAladin): void;
  /** The options of an Aladin Lite that shows nothing of its own, and sends no log. */
  export const PLAIN: Record<string, boolean>;
}

declare module '*/skygl.mjs' {
  /** Start Aladin Lite with a context in which it draws faster. */
  export function withLeanContext<T>(start: () => T): T;
}
