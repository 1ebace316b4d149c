package kv.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.junit.jupiter.api.Test;

class ReconnectsTest {
  private final List<RaftPeerId> reconnected = new ArrayList<>();
  private long now;
  private final Reconnects reconnects = new Reconnects(() -> now, reconnected::add);

  @Test
  void aNodeThatIsHeardAfterASilenceIsReconnectedOnce() {
    hearEntries("n1");
    pass(60);
    hearVote("n1");
    hearVote("n1");
    assertEquals(List.of(RaftPeerId.valueOf("n1")), reconnected);

    pass(60);
    hearEntries("n1");
    assertEquals(2, reconnected.size());
  }

  @Test
  void aNodeThatIsHeardForTheFirstTimeLongAfterTheStartIsReconnected() {
    pass(60);
    hearVote("n2");
    assertEquals(List.of(RaftPeerId.valueOf("n2")), reconnected);
  }

  @Test
  void aNodeThatIsHeardOftenIsNot() {
    for (int i = 0; i < 100; i++) {
      hearVote("n1");
      hearEntries("n2");
      pass(1);
    }
    assertEquals(List.of(), reconnected);
  }

  /** A follower asks for the commit index at any time, and its leader is connected to it. */
  @Test
  void aQuestionForTheCommitIndexDoesNotCount() {
    pass(60);
    reconnects.hear(ReadIndexRequestProto.newBuilder().setServerRequest(from("n1")).build());
    assertEquals(List.of(), reconnected);
  }

  private void pass(int seconds) {
    now += TimeUnit.SECONDS.toNanos(seconds);
  }

  private void hearEntries(String node) {
    reconnects.hear(AppendEntriesRequestProto.newBuilder().setServerRequest(from(node)).build());
  }

  private void hearVote(String node) {
    reconnects.hear(RequestVoteRequestProto.newBuilder().setServerRequest(from(node)).build());
  }

  private static RaftRpcRequestProto from(String node) {
    return RaftRpcRequestProto.newBuilder()
        .setRequestorId(RaftPeerId.valueOf(node).toByteString())
        .build();
  }
}
