import classes from '../admin/admin.module.css';
import { Table } from '../admin/Table.tsx';
import { useRead } from '../admin/useRead.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';

/** How the hub is that answers this page. */
export function NodePanel() {
  const { support, language } = useStrings();
  const words = support.node;
  const { value, trouble, reload } = useRead('node.read_state');
  const number = new Intl.NumberFormat(language);
  return (
    <div className={classes.form}>
      <TroubleNote trouble={trouble} />
      {value ? (
        <>
          <p>{words.lead(value.node, value.version)}</p>
          <dl className={classes.pair}>
            <div>
              <dt className="quiet">{words.due}</dt>
              <dd>{number.format(value.notices_due)}</dd>
            </div>
            <div>
              <dt className="quiet">{words.dead}</dt>
              <dd>{number.format(value.notices_dead)}</dd>
            </div>
          </dl>
          <Table label={support.hub} columns={[words.part, words.state]}>
            {value.parts.map((it) => (
              <tr key={it.name}>
                <th scope="row">
                  {it.name}
                  {it.is_needed ? <span className={classes.partHint}>{words.needed}</span> : null}
                </th>
                <td data-label={words.state}>
                  <Chip tone={it.answers ? 'good' : 'danger'}>
                    {it.answers ? words.answers : words.silent}
                  </Chip>
                </td>
              </tr>
            ))}
          </Table>
        </>
      ) : trouble ? null : (
        <PageSkeleton />
      )}
      <div>
        <Act onClick={reload}>{words.again}</Act>
      </div>
    </div>
  );
}
