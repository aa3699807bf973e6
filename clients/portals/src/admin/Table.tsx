import { type ReactNode, useRef } from 'react';
import { useRowKeys } from '../parts/rowKeys.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';

export interface TableProps {
  label: string;
  columns: readonly string[];
  /** The rows have buttons at their end. */
  hasActions?: boolean;
  children: ReactNode;
}

/** A table of the administration: worked by arrow keys, and cards on a narrow screen. */
export function Table({ label, columns, hasActions = false, children }: TableProps) {
  const { clinic } = useStrings();
  const table = useRef<HTMLTableElement>(null);
  useRowKeys(table);
  return (
    <table className={classes.table} aria-label={label} ref={table}>
      <thead>
        <tr>
          {columns.map((it) => (
            <th key={it} scope="col">
              {it}
            </th>
          ))}
          {hasActions ? (
            <th scope="col">
              <span className="hidden">{clinic.actions}</span>
            </th>
          ) : null}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

export interface EmptyProps {
  title: string;
  body: string;
  /** Of the heading: 3 below one of the page's own. */
  level?: 2 | 3;
}

/** An empty state that teaches. */
export function Empty({ title, body, level = 2 }: EmptyProps) {
  const Heading = `h${level}` as const;
  return (
    <div className={classes.empty}>
      <Heading>{title}</Heading>
      <p className="quiet">{body}</p>
    </div>
  );
}
