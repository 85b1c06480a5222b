/** Shared with the sky view of the kernel, whose modules have no types. */
declare module '*/skypace.mjs' {
  export class SkyPace {
    constructor(aladin: import('./aladin').IAladin, element: HTMLElement);
    /** Draw now, and for a while: something changes. */
    wake(): void;
    stop(): void;
  }
}

declare module '*/skygl.mjs' {
  /** Start Aladin Lite with a context in which it draws faster. */
  export function withLeanContext<T>(start: () => T): T;
}
