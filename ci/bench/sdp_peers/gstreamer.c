// GStreamer's SDP parser on one description: gstreamer FILE ROUNDS SECONDS_A_ROUND prints parses per
// second, the best round.
#include <gst/gst.h>
#include <gst/sdp/gstsdpmessage.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
    gchar* text = NULL;
    gsize size = 0;
    gst_init(NULL, NULL);
    if (argc != 4 || !g_file_get_contents(argv[1], &text, &size, NULL)) return 2;
    const int rounds = atoi(argv[2]);
    const double limit_us = atof(argv[3]) * 1e6;
    double best = 0;
    for (int round = 0; round < rounds; ++round) {
        const gint64 begin = g_get_monotonic_time();
        guint64 done = 0;
        gint64 took = 0;
        while (took < limit_us) {
            for (int i = 0; i < 100; ++i) {
                GstSDPMessage* message = NULL;
                gst_sdp_message_new(&message);
                if (gst_sdp_message_parse_buffer((const guint8*)text, (guint)size, message) !=
                    GST_SDP_OK) {
                    return 1;
                }
                gst_sdp_message_free(message);
            }
            done += 100;
            took = g_get_monotonic_time() - begin;
        }
        if (1e6 * done / took > best) best = 1e6 * done / took;
    }
    printf("%.0f\n", best);
    return 0;
}
