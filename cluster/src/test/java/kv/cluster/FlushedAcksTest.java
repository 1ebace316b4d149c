package kv.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.RaftRpcReplyProto;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.util.ProtoUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FlushedAcksTest {
  private final AtomicLong flushed = new AtomicLong(7);
  private final List<Object> sent = new ArrayList<>();
  private final List<Status> closed = new ArrayList<>();

  /** Returns a call through which a follower replies. */
  private ServerCall<Object, Object> call() {
    ServerCall<Object, Object> wire =
        new ServerCall<>() {
          @Override
          public void request(int count) {}

          @Override
          public void sendHeaders(Metadata headers) {}

          @Override
          public void sendMessage(Object message) {
            sent.add(message);
          }

          @Override
          public void close(Status status, Metadata trailers) {
            closed.add(status);
          }

          @Override
          public boolean isCancelled() {
            return false;
          }

          @Override
          public MethodDescriptor<Object, Object> getMethodDescriptor() {
            return null;
          }
        };
    List<ServerCall<Object, Object>> given = new ArrayList<>();
    new FlushedAcks(group -> flushed.get())
        .interceptCall(
            wire,
            new Metadata(),
            (call, headers) -> {
              given.add(call);
              return new ServerCall.Listener<>() {};
            });
    return given.get(0);
  }

  private static AppendEntriesReplyProto reply(AppendResult result, long matchIndex) {
    return AppendEntriesReplyProto.newBuilder()
        .setServerReply(
            RaftRpcReplyProto.newBuilder()
                .setRaftGroupId(ProtoUtils.toRaftGroupIdProtoBuilder(new Shards(3).group(0))))
        .setResult(result)
        .setMatchIndex(matchIndex)
        .build();
  }

  @Test
  void entriesThatAreOnTheDiskAreAcknowledgedAtOnce() {
    ServerCall<Object, Object> call = call();
    List<Object> replies =
        List.of(
            reply(AppendResult.SUCCESS, 7),
            // A heartbeat, and a refusal.
            reply(AppendResult.SUCCESS, -1),
            reply(AppendResult.INCONSISTENCY, 9),
            "another message");
    replies.forEach(call::sendMessage);
    assertEquals(replies, sent);
    assertEquals(List.of(), closed);
  }

  @Test
  void anAcknowledgementWaitsForTheDisk() throws Exception {
    ServerCall<Object, Object> call = call();
    Thread thread = new Thread(() -> call.sendMessage(reply(AppendResult.SUCCESS, 8)));
    thread.start();
    thread.join(300);
    assertEquals(List.of(), sent);
    flushed.set(8);
    thread.join();
    assertEquals(1, sent.size());
  }

  @Test
  void entriesThatDoNotReachTheDiskAreNotAcknowledged() {
    call().sendMessage(reply(AppendResult.SUCCESS, 8));
    assertEquals(List.of(), sent);
    assertFalse(closed.get(0).isOk());
  }
}
