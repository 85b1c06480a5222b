export * from './names';
export * from './python';
export * from './queries';
