package kv.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which commands travel together. */
class ShardQueueTest {
  private final List<String> requests = new ArrayList<>();
  private final List<CompletableFuture<List<byte[]>>> replies = new ArrayList<>();
  private final List<Runnable> waits = new ArrayList<>();
  private final ShardQueue queue = new ShardQueue(this::send, waits::add);

  private CompletableFuture<List<byte[]>> send(Batch batch) {
    StringBuilder names = new StringBuilder();
    batch.commands().forEach(command -> names.append(new String(command.arguments()[0], UTF_8)));
    requests.add(names.toString());
    replies.add(new CompletableFuture<>());
    return replies.get(replies.size() - 1);
  }

  private static ShardQueue.Item item(String name, boolean alone) {
    return new ShardQueue.Item(new Batch.Command(2, new byte[][] {name.getBytes(UTF_8)}), alone);
  }

  /** Adds a command for each letter, as one call. */
  private List<ShardQueue.Item> add(String names) {
    List<ShardQueue.Item> items = new ArrayList<>();
    names.chars().forEach(name -> items.add(item(Character.toString(name), false)));
    queue.add(items);
    return items;
  }

  /** Replies to the last request: each command's reply is its position. */
  private void reply() {
    int last = requests.size() - 1;
    replies
        .get(last)
        .complete(
            IntStream.range(0, requests.get(last).length())
                .mapToObj(i -> new byte[] {(byte) i})
                .toList());
  }

  @Test
  void aCommandIsSentAtOnceIfNoRequestIsUnderWay() {
    add("a");
    assertEquals(List.of("a"), requests);
    reply();
    add("b");
    assertEquals(List.of("a", "b"), requests);
    assertTrue(waits.isEmpty(), "a single client waited");
  }

  @Test
  void commandsThatArriveUntilTheReplyTravelTogether() throws Exception {
    add("a");
    List<ShardQueue.Item> next = new ArrayList<>(add("b"));
    next.addAll(add("cd"));
    assertEquals(List.of("a"), requests);
    reply();
    waits.remove(0).run();
    assertEquals(List.of("a", "bcd"), requests);
    reply();
    for (int i = 0; i < next.size(); i++) {
      assertArrayEquals(new byte[] {(byte) i}, next.get(i).reply().get());
    }
  }

  @Test
  void theQueueWaitsForTheClientsThatWereAnswered() {
    add("abc");
    add("d");
    reply();
    add("e");
    add("f");
    assertEquals(List.of("abc"), requests, "three more clients are expected");
    add("g");
    assertEquals(List.of("abc", "defg"), requests);
    // The wait that ends now was for an earlier request.
    waits.remove(0).run();
    assertEquals(List.of("abc", "defg"), requests);
  }

  @Test
  void aWaitEndsThoughNoCommandCame() {
    add("abc");
    reply();
    waits.remove(0).run();
    add("d");
    assertEquals(List.of("abc", "d"), requests);
  }

  @Test
  void commandsWithoutAReplyAreSentAgain() throws Exception {
    List<ShardQueue.Item> items = add("abcd");
    add("e");
    replies.get(0).complete(List.of(new byte[] {7}, new byte[] {8}));
    waits.remove(0).run();
    assertEquals(List.of("abcd", "cde"), requests);
    reply();
    assertArrayEquals(new byte[] {8}, items.get(1).reply().get());
    assertArrayEquals(new byte[] {0}, items.get(2).reply().get());
    assertArrayEquals(new byte[] {1}, items.get(3).reply().get());
  }

  @Test
  void anErrorEndsOneRequestAndNotTheQueue() {
    List<String> sent = new ArrayList<>();
    ShardQueue failing =
        new ShardQueue(
            batch -> {
              sent.add(new String(batch.commands().get(0).arguments()[0], UTF_8));
              throw new OutOfMemoryError("a test");
            },
            waits::add);
    for (String name : List.of("a", "b")) {
      ShardQueue.Item item = item(name, false);
      failing.add(List.of(item));
      assertTrue(item.reply().isCompletedExceptionally(), name);
    }
    assertEquals(List.of("a", "b"), sent);
  }

  @Test
  void aCommandThatMustBeAloneIsAlone() {
    add("a");
    queue.add(List.of(item("b", false), item("M", true), item("c", false)));
    reply();
    waits.remove(0).run();
    reply();
    waits.remove(0).run();
    reply();
    waits.remove(0).run();
    assertEquals(List.of("a", "b", "M", "c"), requests);
  }

  @Test
  void aCommandWhoseClientHasAnErrorIsNotSent() {
    add("a");
    List<ShardQueue.Item> items = add("bc");
    items.get(0).reply().cancel(false);
    reply();
    waits.remove(0).run();
    assertEquals(List.of("a", "c"), requests);
  }

  @Test
  void aFailedRequestFailsItsCommandsOnly() throws Exception {
    List<ShardQueue.Item> failed = add("ab");
    List<ShardQueue.Item> next = add("c");
    replies.get(0).completeExceptionally(new IllegalStateException("no leader"));
    assertThrows(ExecutionException.class, () -> failed.get(0).reply().get());
    assertThrows(ExecutionException.class, () -> failed.get(1).reply().get());
    waits.remove(0).run();
    assertEquals("c", requests.get(1));
    reply();
    assertArrayEquals(new byte[] {0}, next.get(0).reply().get());
  }

  @Test
  void requestsAreLimitedByBytes() {
    add("a");
    int third = ShardQueue.MOST_BYTES / 3;
    List<ShardQueue.Item> large = new ArrayList<>();
    for (String name : List.of("b", "c", "d")) {
      large.add(
          new ShardQueue.Item(
              new Batch.Command(2, new byte[][] {name.getBytes(UTF_8), new byte[third]}), false));
    }
    queue.add(large);
    reply();
    waits.remove(0).run();
    reply();
    waits.remove(0).run();
    assertEquals(List.of("a", "bc", "d"), requests);
  }

  @Test
  void aCommandThatIsTooLargeFailsAlone() {
    ShardQueue.Item large =
        new ShardQueue.Item(
            new Batch.Command(2, new byte[][] {{'x'}, new byte[ShardQueue.MOST_BYTES]}), false);
    queue.add(List.of(item("a", false), large, item("b", false)));
    assertEquals(List.of("ab"), requests);
    ExecutionException e = assertThrows(ExecutionException.class, () -> large.reply().get());
    assertInstanceOf(ShardQueue.TooLarge.class, e.getCause());
  }

  @Test
  void requestsThatFailAtOnceDoNotDeepenTheStack() {
    ShardQueue failing =
        new ShardQueue(
            batch -> CompletableFuture.failedFuture(new IllegalStateException()), waits::add);
    List<ShardQueue.Item> items = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      items.add(item("M", true));
    }
    failing.add(items);
    assertTrue(items.get(items.size() - 1).reply().isCompletedExceptionally());
  }
}
