package io.xcron.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ProgressInputTest {
  private final List<Integer> told = new ArrayList<>();

  private byte[] readAll(byte[] content) throws IOException {
    try (InputStream in =
        new ProgressInput(new ByteArrayInputStream(content), content.length, told::add)) {
      return in.readAllBytes();
    }
  }

  @Test
  void eachTenthOfALargeFileIsToldOnce() throws IOException {
    byte[] content = new byte[(int) ProgressInput.LARGE + 12_345];
    new Random(1).nextBytes(content);

    assertArrayEquals(content, readAll(content));
    assertEquals(List.of(10, 20, 30, 40, 50, 60, 70, 80, 90, 100), told);
  }

  @Test
  void ofASmallFileNothingIsTold() throws IOException {
    readAll(new byte[(int) ProgressInput.LARGE - 1]);

    assertEquals(List.of(), told);
  }
}
