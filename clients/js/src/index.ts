/** Client library of the Bedside telemedicine hub. */
export { Bedside, type BedsideOptions } from './bedside.js';
export type { CallOptions } from './calls.js';
export { type Clock, type Random, systemClock } from './clock.js';
export type { ConnectionPhase } from './connection.js';
export {
  type Conversation,
  type ConversationNow,
  NO_CONVERSATION,
  type SendOptions,
} from './conversation.js';
export { Core, type CoreOptions, type Http, SDK } from './core.js';
export {
  type DeviceFault,
  type DeviceWishes,
  devices,
  type OpenedDevices,
} from './devices.js';
export { BedsideError, FactorNeeded } from './errors.js';
export type {
  FilePart,
  FilesHost,
  FilesModule,
  FilesSource,
  PendingFile,
  Upload,
  UploadNow,
} from './files-part.js';
export type { Following, ScheduleFollowing, ScheduleState, TopicStatus } from './following.js';
export { type IndexedDbOptions, IndexedDbStore, KEPT_MS, memoryStore } from './kept.js';
export type { Mailbox, MailboxNow } from './mailbox.js';
export type { MediaState, Tile } from './media.js';
export { type NetworkCheck, type NetworkEnvironment, networkCheck } from './network.js';
export type {
  OutboxLocks,
  OutboxNews,
  OutboxStore,
  OutboxTabs,
  PendingMessage,
} from './outbox.js';
export type { OwnDevice, OwnMedia } from './own.js';
export type { MediaPlatform } from './platform.js';
export type * from './protocol.gen.js';
export type { Quality } from './quality.js';
export { type ConversationState, reduce } from './reduce.js';
export type { BinaryCodec, Codec, ConnectionInfo, SocketLike } from './socket.js';
export { Cell, type Store } from './store.js';
export type { Visit } from './visit.js';
