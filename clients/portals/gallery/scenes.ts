import { accountScenes } from './account-scenes.ts';
import { auditScenes } from './audit-scenes.ts';
import { bookingScenes } from './booking-scenes.ts';
import { chatScenes } from './chat-scenes.ts';
import { deskScenes } from './desk-scenes.ts';
import { fileScenes } from './file-scenes.ts';
import { homeScenes } from './home-scenes.ts';
import { policyScenes } from './policy-scenes.ts';
import type { Scene } from './scene.ts';
import { scheduleScenes } from './schedule-scenes.ts';
import { visitScenes } from './visit-scenes.ts';

/** Every screen in every state that is worth looking at, by its name. */
export const scenes: Record<string, Scene> = {
  ...deskScenes,
  ...homeScenes,
  ...bookingScenes,
  ...visitScenes,
  ...scheduleScenes,
  ...chatScenes,
  ...fileScenes,
  ...auditScenes,
  ...accountScenes,
  ...policyScenes,
};
