import { Skeleton } from '@mantine/core';
import { useStrings } from '../strings/index.ts';
import classes from './skeleton.module.css';

/** Keeps the place of what comes, so that nothing jumps. */
export function PageSkeleton() {
  const { common } = useStrings();
  return (
    <div className={classes.page} role="status" aria-label={common.loading}>
      <Skeleton className={classes.title ?? ''} radius="md" />
      <Skeleton className={classes.block ?? ''} radius="lg" />
      <Skeleton className={classes.line ?? ''} radius="md" />
      <Skeleton className={classes.line ?? ''} radius="md" />
    </div>
  );
}
