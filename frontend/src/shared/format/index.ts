export * from './address'
export * from './clock'
export * from './number'
export * from './time'
