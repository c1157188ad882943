import { QueryClientProvider } from "@tanstack/react-query";
import { Tooltip } from "radix-ui";
import { lazy, Suspense, useEffect } from "react";
import { BrowserRouter, Route, Routes } from "react-router";
import { ToastProvider } from "../controls/Toasts";
import { EffectProvider } from "../effects/EffectProvider";
import { ConsentGate } from "../feedback/ConsentGate";
import { FeedbackProvider } from "../feedback/useFeedback";
import { Crash } from "./Crash";
import { NotFound } from "./NotFound";
import { type Services, ServicesContext } from "./services";

const ChatPage = lazy(() => import("../chat/ChatPage"));
const LearningPage = lazy(() => import("../learning/LearningPage"));

export function App({ services }: { services: Services }) {
  useEffect(() => services.chat.start(), [services]);
  return (
    <Crash>
      <ServicesContext.Provider value={services}>
        <QueryClientProvider client={services.queries}>
          <Tooltip.Provider delayDuration={350}>
            <ToastProvider>
              <ConsentGate>
                <EffectProvider>
                  <FeedbackProvider>
                    <BrowserRouter>
                      <Suspense fallback={null}>
                        <Routes>
                          {/* One element for both paths: the page stays when a new chat gets its address. */}
                          <Route element={<ChatPage />}>
                            <Route index element={null} />
                            <Route path="c/:conversationId" element={null} />
                          </Route>
                          <Route path="learning" element={<LearningPage />} />
                          <Route path="*" element={<NotFound />} />
                        </Routes>
                      </Suspense>
                    </BrowserRouter>
                  </FeedbackProvider>
                </EffectProvider>
              </ConsentGate>
            </ToastProvider>
          </Tooltip.Provider>
        </QueryClientProvider>
      </ServicesContext.Provider>
    </Crash>
  );
}
