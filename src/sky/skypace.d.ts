/** Shared with the sky view of the kernel, whose modules have no types. */
declare module '*/skypace.mjs' {
  export class SkyPace {
    constructor(aladin: import('./aladin').IAladin, element: HTMLElement);
    /** Draw each frame for a while: something is about to change. */
    wake(): void;
    stop(): void;
  }
}
