use super::*;
use std::sync::Arc;
use std::task::Wake;
use tokio::io::{AsyncReadExt as _, DuplexStream, duplex};

/// Bytes that the kernel of these tests keeps for who does not read.
const KEPT: usize = 8;

impl Out for DuplexStream {}

/// A task that counts how often it is woken.
#[derive(Default)]
struct Task(AtomicU64);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Task {
    fn woken(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A connection whose task waits with all of its own written.
fn offered() -> (Arc<Outlet>, DuplexStream, Arc<Task>) {
    let (client, hub) = duplex(KEPT);
    let (outlet, task) = (Outlet::new(hub), Arc::new(Task::default()));
    outlet.offer(&Arc::clone(&task).into());
    (outlet, client, task)
}

async fn read(client: &mut DuplexStream, count: usize) -> String {
    let mut bytes = vec![0; count];
    client.read_exact(&mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

fn send(outlet: &Outlet, text: &'static str) -> bool {
    outlet.send(&Bytes::from_static(text.as_bytes()), || true)
}

#[tokio::test]
async fn what_comes_while_the_task_waits_goes_straight() {
    let (outlet, mut client, task) = offered();
    assert!(send(&outlet, "one") && send(&outlet, "two"));
    assert_eq!(read(&mut client, 6).await, "onetwo");
    assert_eq!(task.woken(), 0, "nobody had to be woken");
}

#[tokio::test]
async fn nothing_goes_straight_while_the_task_is_at_work_or_somebody_objects() {
    let (outlet, mut client, task) = offered();
    assert!(!outlet.send(&Bytes::from_static(b"no"), || false), "something waits elsewhere");
    assert_eq!(outlet.begin(), None);
    assert!(!send(&outlet, "no"), "the task is at work");
    outlet.write(Bytes::from_static(b"own")).await.unwrap();
    outlet.offer(&Arc::clone(&task).into());
    assert!(send(&outlet, "yes"));
    assert_eq!(read(&mut client, 6).await, "ownyes");
}

#[tokio::test]
async fn before_its_task_has_waited_once_nothing_goes_straight() {
    let (_client, hub) = duplex(KEPT);
    assert!(!send(&Outlet::new(hub), "no"));
}

#[tokio::test]
async fn what_the_kernel_took_a_part_of_is_ended_before_anything_else() {
    let (outlet, mut client, task) = offered();
    assert!(send(&outlet, "0123456789"), "it is on its way");
    assert_eq!(task.woken(), 1, "the task is to write the rest");
    assert!(!send(&outlet, "no"), "the rest comes first");
    let rest = outlet.begin().expect("the rest");
    let reading = tokio::spawn(async move { read(&mut client, 13).await });
    outlet.write(rest).await.unwrap();
    assert_eq!(outlet.begin(), None, "it is written once");
    outlet.write(Bytes::from_static(b"own")).await.unwrap();
    assert_eq!(reading.await.unwrap(), "0123456789own");
}

#[tokio::test]
async fn what_does_not_fit_at_all_takes_the_other_way() {
    let (outlet, _client, task) = offered();
    assert!(send(&outlet, "12345678"));
    assert!(!send(&outlet, "no"), "nothing of it was written");
    assert_eq!((outlet.begin(), task.woken()), (None, 0));
}

#[tokio::test]
async fn as_many_as_there_are_go_in_one_turn_of_who_sends() {
    // More than a task may do in one turn of the runtime.
    let (client, hub) = duplex(64 * 1024);
    let outlet = Outlet::new(hub);
    outlet.offer(Waker::noop());
    assert!((0..10_000).all(|_| send(&outlet, "x")));
    drop(client);
}

#[tokio::test]
async fn a_connection_that_ended_takes_nothing_and_lets_its_socket_go() {
    let (outlet, mut client, _) = offered();
    outlet.end();
    assert!(!send(&outlet, "no"));
    assert!(outlet.write(Bytes::from_static(b"no")).await.is_err());
    assert_eq!(client.read(&mut [0; 1]).await.unwrap(), 0, "its end is seen");
}

#[tokio::test]
async fn a_client_that_has_gone_is_left_to_the_task() {
    let (outlet, client, _) = offered();
    drop(client);
    assert!(!send(&outlet, "no"));
}
