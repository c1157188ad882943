import { QueryClientProvider } from "@tanstack/react-query";
import { Tooltip } from "radix-ui";
import { lazy, Suspense, useEffect } from "react";
import { BrowserRouter, Route, Routes } from "react-router";
import { isEntrance } from "../account/paths";
import { ToastProvider } from "../controls/Toasts";
import { EffectProvider } from "../effects/EffectProvider";
import { ConsentGate } from "../feedback/ConsentGate";
import { FeedbackProvider } from "../feedback/useFeedback";
import { Crash } from "./Crash";
import { Entrance } from "./Entrance";
import { NotFound } from "./NotFound";
import { type Services, ServicesContext } from "./services";

const ChatPage = lazy(() => import("../chat/ChatPage"));
const LearningPage = lazy(() => import("../learning/LearningPage"));
const AccountPage = lazy(() => import("../account/AccountPage"));
const UsersPage = lazy(() => import("../account/UsersPage"));
const ReviewPage = lazy(() => import("../review/ReviewPage"));

export function App({ services }: { services: Services }) {
  return isEntrance(location.pathname) ? <Entrance services={services} /> : <Pages services={services} />;
}

function Pages({ services }: { services: Services }) {
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
                          <Route path="account" element={<AccountPage />} />
                          <Route path="users" element={<UsersPage />} />
                          <Route path="review" element={<ReviewPage />} />
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
